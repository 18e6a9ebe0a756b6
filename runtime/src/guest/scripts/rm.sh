type stat rm rmdir >/dev/null || exit 69
apart "$p"
must stat -c %f "$p"
if [ ! -d "$p" ] || [ -h "$p" ]; then
must rm -f "$p"
elif [ -n "$2" ]; then
must rm -rf "$p"
else
must rmdir "$p"
fi
