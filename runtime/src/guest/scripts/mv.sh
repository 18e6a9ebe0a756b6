type mv rm rmdir stat >/dev/null || exit 69
named "$2"
q=$n
apart "$p"
must stat -c %f "$p"
folder() { [ -d "$1" ] && [ ! -h "$1" ]; }
if [ -e "$q" ] || [ -h "$q" ]; then
[ -n "$3" ] || exit 71
apart "$q"
[ "$(stat -c %d:%i "$p")" != "$(stat -c %d:%i "$q")" ] || exit 0
case $q/ in "$p"/*) exit 65;; esac
if folder "$q"; then
folder "$p" || exit 67
must rmdir "$q"
else
folder "$p" && exit 67
[ ! -d "$q" ] || must rm -f "$q"
fi
fi
e=$(mv -f "$p" "$q" 2>&1) || parentless "$e"
