"""Backup and its drill: all rows and the versions of all objects as of one moment, and a clean place made of them.

Knows the table and the bucket, and no domain. What differs in a restored place the domains' own reconcilers tell.
"""
