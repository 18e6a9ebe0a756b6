_iii_fail() { echo "exec: $1" >&2; exit 126; }
_iii_kept=$1 _iii_given=$2 _iii_file=$3 _iii_text=$4
shift 4
if [ -n "$_iii_text" ]; then
  (umask 077; printf %s "$_iii_text" | base64 -d >"$_iii_file") || _iii_fail 'its input could not be stored'
fi
if [ -n "$_iii_kept" ]; then
  [ -r "${HOME:-/tmp}/.iii-environment" ] || _iii_fail 'the environment of the sandbox is gone'
  . "${HOME:-/tmp}/.iii-environment"
fi
while [ "$_iii_given" -gt 0 ]; do
  export "$1"
  shift
  _iii_given=$((_iii_given - 1))
done
if [ -n "$_iii_file" ]; then
  exec <"$_iii_file"
  rm -f "$_iii_file"
fi
exec "$@"
