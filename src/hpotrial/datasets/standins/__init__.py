"""Stand-ins: data that keep the workflow whole where the real ones cannot be had. No claim is ever tested on them."""
