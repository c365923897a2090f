#include <libcrop/crop.h>

int fastcrop_version(void) { return CROP_VERSION; }
