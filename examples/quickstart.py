# pip install iii-sdk; python quickstart.py IMAGE
import sys

from iii import register_worker

iii = register_worker()  # the engine at III_URL, else at ws://127.0.0.1:49134


def morph(function, **payload):
    function_id = f"sandbox::provider::morph::{function}"
    return iii.trigger({"function_id": function_id, "payload": payload, "timeout_ms": 300_000})


sandbox = morph("create", image=sys.argv[1])["sandbox_id"]
try:
    ran = morph("exec", sandbox_id=sandbox, cmd="echo", args=["it's", "$HOME", "*"])
    print(ran["exit_code"], ran["stdout"])
finally:
    morph("stop", sandbox_id=sandbox)
    iii.shutdown()
