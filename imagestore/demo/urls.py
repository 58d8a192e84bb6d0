from django.urls import path

from imagestore.demo import views

app_name = "demo"
urlpatterns = [path("", views.page, name="page"), path("demo/token", views.token, name="token")]
