"""Everything that one machine needs to run imagestore: a local AWS, its processes and the road between them."""
