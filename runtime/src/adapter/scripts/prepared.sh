_iii_kept=$1 _iii_file=$2 _iii_text=$3
shift 3
_iii_fail() {
  [ -z "$_iii_file" ] || rm -f "$_iii_file"
  echo "exec: $1" >&2
  exit 126
}
if [ -n "$_iii_file" ]; then
  if [ -n "$_iii_text" ]; then
    (umask 077; printf %s "$_iii_text" | base64 -d >"$_iii_file") || _iii_fail 'its input could not be stored'
  fi
  [ -r "$_iii_file" ] || _iii_fail 'its input is gone'
  exec <"$_iii_file"
  rm -f "$_iii_file"
fi
if [ -n "$_iii_kept" ]; then
  if [ -r "${HOME:-/tmp}/.iii-environment" ]; then
    . "${HOME:-/tmp}/.iii-environment"
  elif [ "$_iii_kept" = must ]; then
    _iii_fail 'the environment of the sandbox is gone'
  fi
fi
exec env -- "$@"
