"""Cart items: project states that are kept while they lie in a shop's cart."""
