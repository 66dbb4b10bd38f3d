"""Prints, as JSON, the settings of a module that Python runs: each value as its type's name and what is in it.

The module is imported as temba.settings, beside a temba.settings_common that defines the name UPSTREAM. Assignments
of literals are also given to ast.literal_eval, which must agree.
"""
import ast, importlib, json, pathlib, shutil, sys, tempfile


def typed(value):
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [typed(item) for item in value]]
    if isinstance(value, dict):
        return ["dict", [[typed(key), typed(item)] for key, item in value.items()]]
    return [type(value).__name__, repr(value) if isinstance(value, float) else value]


with tempfile.TemporaryDirectory() as folder:
    package = pathlib.Path(folder, "temba")
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "settings_common.py").write_text("UPSTREAM = 1\nA0000 = 'upstream'\n")
    shutil.copy(sys.argv[1], package / "settings.py")
    sys.path.insert(0, folder)
    module = importlib.import_module("temba.settings")
    tree = ast.parse((package / "settings.py").read_bytes())

found = {name: value for name, value in vars(module).items() if name.isupper() and not name.startswith("_")}
for statement in tree.body:
    if isinstance(statement, ast.Assign):
        name = statement.targets[0].id
        try:
            literal = ast.literal_eval(statement.value)
        except ValueError:
            continue
        if typed(literal) != typed(found[name]):
            sys.exit(f"{name} is not the literal that was assigned to it")
print(json.dumps({name: typed(value) for name, value in found.items()}))
