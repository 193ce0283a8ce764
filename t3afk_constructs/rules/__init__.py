"""The rules for rendered objects. `registry` lists them."""
