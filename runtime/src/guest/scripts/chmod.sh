type stat chmod chown find >/dev/null || exit 69
must stat -L -c %f "$p"
if [ -z "$4" ]; then
[ -z "$3" ] || must chown "$3" "$p"
must chmod "$2" "$p"
echo 1
exit
fi
all() { e=$(find -H "$p" -depth ! -type l -exec "$@" {} + 2>&1 >/dev/null); [ -z "$e" ] || why "$e"; }
c=0
for i in $(find -H "$p" ! -type l -exec sh -c 'echo $#' sh {} +); do c=$((c+i)); done
[ -z "$3" ] || all chown "$3"
all chmod "$2"
echo $c
