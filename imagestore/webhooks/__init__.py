"""What shops are told: endpoints that they name, an outbox that joins an operation's write, signed deliveries."""
