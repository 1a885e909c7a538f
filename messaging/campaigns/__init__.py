"""Campaigns: what to say to whom, their versions, and the state that lets them send."""
