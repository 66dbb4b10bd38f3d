"""Prints, as JSON, what a rendered settings.py leaves in each name that it assigns, and the environment that it sets.

Arguments: the settings.py, and the settings_common.py to put beside it. A tuple is {"tuple": […]}; what JSON has no
word for is its repr.
"""
import ast, importlib, json, os, pathlib, shutil, sys, tempfile


def plain(value):
    if isinstance(value, tuple):
        return {"tuple": [plain(item) for item in value]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else {"repr": repr(value)}


before = set(os.environ)
with tempfile.TemporaryDirectory() as folder:
    package = pathlib.Path(folder, "temba")
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(sys.argv[1], package / "settings.py")
    shutil.copy(sys.argv[2], package / "settings_common.py")
    sys.path.insert(0, folder)
    settings = vars(importlib.import_module("temba.settings"))
    tree = ast.parse((package / "settings.py").read_bytes())

targets = (target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets)
assigned = {target.id: plain(settings[target.id]) for target in targets}
print(json.dumps({**assigned, **{name: os.environ[name] for name in set(os.environ) - before}}))
