# cmocka.sh -- cmocka from Debian's source, as a static library for another C library
#
# cmocka.sh FOLDER: FOLDER/libcmocka.a and FOLDER/cmocka/include, made with $CC.
set -eu
to=$(realpath "$1")
work=$to/cmocka
rm -rf "$work"
mkdir -p "$work/lists/partial"
cd "$work"
echo "deb-src http://deb.debian.org/debian bookworm main" >sources.list
get() {
    apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$work/lists" -o APT::Sandbox::User=root "$@" >>apt.log 2>&1 ||
        { cat apt.log >&2; exit 1; }
}
get update
get source cmocka
src=$(find . -maxdepth 1 -type d -name 'cmocka-*')
cp -r "$src/include" include
$CC -std=gnu11 -O1 -w -Iinclude -DHAVE_MALLOC_H=1 -DHAVE_STDINT_H=1 -DHAVE_INTTYPES_H=1 -DHAVE_UNISTD_H=1 \
    -DHAVE_SIGNAL_H=1 -DHAVE_STRUCT_TIMESPEC=1 -DHAVE_CLOCK_GETTIME=1 -DHAVE_GCC_THREAD_LOCAL_STORAGE=1 \
    -c "$src/src/cmocka.c" -o cmocka.o
rm -f "$to/libcmocka.a"
ar rcs "$to/libcmocka.a" cmocka.o
