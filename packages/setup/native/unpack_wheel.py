"""python unpack_wheel.py WHEEL FOLDER PREFIX...: the members of a wheel whose names start with a prefix, below FOLDER."""

import sys
import zipfile

wheel, folder, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in archive.namelist():
        if member.startswith(tuple(prefixes)):
            archive.extract(member, folder)
