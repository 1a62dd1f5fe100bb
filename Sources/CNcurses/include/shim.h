// ncurses as flat functions.
#pragma once
