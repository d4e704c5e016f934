//! Every interleaving of a register, under loom: the referee of the atlas.
