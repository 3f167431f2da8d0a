"""What a module of this package offers to `import *`."""


def public_names(module):
    """The names of the functions that the module itself defines, given its globals()."""
    own = module["__name__"]
    return [
        name
        for name, value in module.items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == own
    ]
