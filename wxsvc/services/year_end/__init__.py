"""年终: a year is closed step by step: 公示, 得分异议, two people's seal (锁定)."""
