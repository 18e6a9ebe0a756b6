import json
import re
import sys

import jsonschema


def patterns(schema):
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "pattern" and isinstance(value, str))
        for value in schema.values():
            yield from patterns(value)


for name, schema in json.load(sys.stdin).items():
    for draft in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        try:
            draft.check_schema(schema)
            # Patterns are compiled when they are used, not before.
            for pattern in patterns(schema):
                re.compile(pattern)
        except (jsonschema.SchemaError, re.error) as error:
            sys.exit(f"{name}: {error}")
