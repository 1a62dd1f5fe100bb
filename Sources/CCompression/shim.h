// zlib opens MariaDB's compressed row events, zstd opens MySQL's compressed transactions.
#pragma once
#include <zlib.h>
#include <zstd.h>
