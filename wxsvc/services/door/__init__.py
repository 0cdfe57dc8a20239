"""At the door (签到): check-ins, their corrections, enrolment."""
