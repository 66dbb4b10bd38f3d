"""What the libraries of RapidPro 5.2 ask of Python that 3.11 no longer has. To be imported before them."""
import collections, collections.abc, gettext, inspect

# Django 2.2 passes a parameter that did nothing in Python 3.
translation = gettext.translation
gettext.translation = lambda *args, codeset=None, **options: translation(*args, **options)

# boto3 1.9 and kombu 4.2 know the abstract classes by their place before 3.3.
for name in collections.abc.__all__:
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))

# vine 1, below kombu, imports these for decorators that nothing here uses.
for name in ("formatargspec", "getargspec"):
    if not hasattr(inspect, name):
        setattr(inspect, name, None)
