if [ "$4" = 0 ]; then
d=${p%/*}/
[ -z "$3" ] || must mkdir -p "$d"
e=$(ls -d "$d." 2>&1) || parentless "$e"
[ -w "$d" ] || exit 77
fi
shift
