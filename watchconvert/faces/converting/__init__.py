"""`watchconvert convert`: files of one's own, converted by the engine on a bench, a working folder of their own."""
