umask 077
_iii_f=${HOME:-/tmp}/.iii-environment
printf %s "$1" | base64 -d >"$_iii_f.$2" || exit 74
mv -f "$_iii_f.$2" "$_iii_f" || exit 74
