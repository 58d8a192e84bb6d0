"""Shares: links to a project, for whoever has one."""
