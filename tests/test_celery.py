"""The app through which every process sends."""

from imagestore.common import tasks


def test_every_process_sends_through_the_configured_app() -> None:
    """A server, a command and a worker alike: Celery's own default would look for a broker that is not there."""
    assert tasks.app().conf.broker_url == "sqs://"
    assert "projects-tasks" in tasks.app().conf.broker_transport_options["predefined_queues"]
