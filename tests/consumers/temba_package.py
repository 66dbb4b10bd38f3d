"""A package `temba` of a rendered settings.py and a release's defaults, with Django set up by it."""
import os, pathlib, shutil, sys, tempfile

import older_python


def set_up(settings, defaults):
    folder = tempfile.TemporaryDirectory()
    # Lives as long as the process: Django imports the URLs later.
    set_up.folder = folder
    package = pathlib.Path(folder.name, "temba")
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "urls.py").write_text("urlpatterns = []\n")
    shutil.copy(settings, package / "settings.py")
    shutil.copy(defaults, package / "settings_common.py")
    sys.path.insert(0, folder.name)
    os.environ["DJANGO_SETTINGS_MODULE"] = "temba.settings"

    import django

    django.setup()
