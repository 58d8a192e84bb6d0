"""Full decoding of an original, in a child process that may be killed.

`process` starts the child and judges how it ended; all other modules run in the child, which has no credentials and
imports neither Django nor AWS nor anything of imagestore.
"""
