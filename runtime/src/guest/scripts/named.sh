export LC_ALL=C
named() {
case $1 in /*) n=$1;; *) n=./$1;; esac
while :; do case $n in ?*/) n=${n%/};; *) break;; esac; done
}
why() {
case $1 in
*"No such file or directory") exit 66;;
*"ot a directory"|*"non-directory component"|*"s a directory") exit 67;;
*"File exists") exit 71;;
*"irectory not empty") exit 72;;
*"ame too long"|*"ymbolic link loop"|*"evels of symbolic links"|*"nvalid argument"|*"subdirectory of itself"*) exit 65;;
*"ermission denied"|*"not permitted"|*"ead-only file system") exit 77;;
*) exit 74;;
esac
}
parentless() {
case $1 in *"No such file or directory") exit 68;; esac
why "$1"
}
must() { e=$("$@" 2>&1 >/dev/null) || why "$e"; }
apart() { case ${1##*/} in ""|.|..) exit 65;; esac; }
exec 2>/dev/null
named "$1"
p=$n
