"""From the close to the hand-over: closing, picking lists, packing, collection."""
