// What Swift cannot import from libmariadb by itself: variadics and macros, as flat functions.
#pragma once
#include <mysql.h>
#include <errmsg.h>
