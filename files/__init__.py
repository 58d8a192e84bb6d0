"""Uploaded originals: registered, uploaded to S3 by signed urls, verified, kept while held, then cleaned up."""
