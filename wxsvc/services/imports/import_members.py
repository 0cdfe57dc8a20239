"""Importing the members (成员企业) of clusters and parks; who is listed already stays, whoever else is listed too."""

from __future__ import annotations

import sqlalchemy as sa

from models.platform import ClusterMember, Platform
from wxsvc.services.imports.import_enterprises import Enterprises
from wxsvc.services.imports.import_people import Platforms
from wxsvc.services.imports.import_rows import Work, insert_missing, read_by
from wxsvc.services.regulation import platform_regions


class Members:
    """The members that the bundle's platforms name, each by its code or the number of its older licence."""

    def __init__(self, work: Work, platforms: Platforms, enterprises: Enterprises) -> None:
        self._work, self._platforms, self._enterprises = work, platforms, enterprises
        for row in work.bundle.platforms:
            if row.members and not platform_regions.takes_members(
                Platform(code=row.code, kind=row.kind, region_code=row.region)
            ):
                work.wrong("platforms", row.index, "members", "members_not_wanted", row.code)
            for place, key in enumerate(row.members):
                enterprises.must_know(key, "platforms", row.index, f"members[{place}]")

    def write(self) -> set[int]:
        """List those that are not listed yet; the ids of the platforms that have more now.

        Platforms and enterprises are written before.
        """
        wanted = {
            (self._platforms.ids[row.code], self._enterprises.ids[key])
            for row in self._work.bundle.platforms
            for key in row.members
        }
        query = sa.select(ClusterMember.platform_id, ClusterMember.enterprise_id)
        platform_ids = {platform_id for platform_id, _ in wanted}
        listed = read_by(self._work.session, query, ClusterMember.platform_id, platform_ids)
        new = wanted - {(row["platform_id"], row["enterprise_id"]) for row in listed}
        rows = ({"platform_id": platform_id, "enterprise_id": each} for platform_id, each in sorted(new))
        insert_missing(self._work, ClusterMember, rows)
        return {platform_id for platform_id, _ in new}
