"""Where a satellite is and who can see it: pure geometry, times in, columns out.

``propagate`` turns an element set and a window into an ``Ephemeris``; ``find_passes`` turns an
ephemeris and observers into ``Passes``. The names live in the modules, so that importing the
package costs nothing.
"""
