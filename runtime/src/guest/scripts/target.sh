n=0
while [ -h "$p" ]; do
n=$((n+1))
[ $n -le 40 ] || exit 66
t=$(readlink "$p"; echo .)
t=${t%??}
case $t in /*) p=$t;; *) p=${p%/*}/$t;; esac
done
t=${p%/*}/.iii-$2
drop() { mv "$t" "$t-" && rm -rf "$t-"; }
