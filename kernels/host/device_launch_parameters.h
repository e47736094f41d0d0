// All of it is in the host header, which stands in front of every source.
#pragma once
