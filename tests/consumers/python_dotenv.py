"""Prints, as JSON, what python-dotenv makes of a file, as it is used: with its expansion of ${…}."""
import json, logging, sys

try:
    import dotenv
except ImportError:
    sys.exit("python-dotenv is missing: install tests/requirements.txt")
logging.basicConfig(level=logging.WARNING)
print(json.dumps(dotenv.dotenv_values(sys.argv[1])))
