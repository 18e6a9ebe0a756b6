type mkdir chmod >/dev/null || exit 69
if [ -e "$p" ] || [ -h "$p" ]; then
[ -n "$3" ] && [ -d "$p" ] || exit 71
echo 0
exit
fi
[ -z "$3" ] || must mkdir -p "${p%/*}/"
e=$(umask 077; mkdir "$p" 2>&1) || parentless "$e"
must chmod "$2" "$p"
echo 1
