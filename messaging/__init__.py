"""Who gets what, when: customers, campaigns, planning, rendering, the queue, delivery."""
