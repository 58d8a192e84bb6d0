"""When a customer bought last, for rules that keep what is the customer's from then on. Projects note it of orders."""
