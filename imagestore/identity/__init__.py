"""Who may do what: shops and their keys, the tokens that shops sign, the gateway's authorizer, staff."""
