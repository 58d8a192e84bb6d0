"""How staff sign in and stay signed in: sessions, wrong passwords, one-time codes."""
