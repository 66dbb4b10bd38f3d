"""Prints, as JSON, what Node's --env-file makes of a file."""
import os, shutil, subprocess, sys

if not shutil.which("node"):
    sys.exit("node is missing: install the Debian package nodejs (20 or later)")
print_environment = "process.stdout.write(JSON.stringify(process.env))"
node = ["node", f"--env-file={sys.argv[1]}", "-e", print_environment]
sys.exit(subprocess.run(node, env={"PATH": os.environ["PATH"]}).returncode)
