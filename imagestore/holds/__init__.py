"""Legal holds: what they stand on is not destroyed, whatever its rules say. Domains mark what is theirs."""
