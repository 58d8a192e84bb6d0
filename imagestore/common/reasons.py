"""What a reason in the audit log has to be, wherever a person gives one."""

LEAST, LONGEST = 3, 300
WANTED = f"Say why, in {LEAST} to {LONGEST} characters: the reason is kept in the audit log."
