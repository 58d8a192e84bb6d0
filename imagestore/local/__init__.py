"""What one machine needs to run imagestore: a local AWS, the processes and the road between them."""
