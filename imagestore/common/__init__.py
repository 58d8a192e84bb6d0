"""What every domain stands on. Knows no domain; the only place that knows boto3."""
