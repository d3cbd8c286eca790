from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "resource",
                    models.CharField(max_length=500, primary_key=True, serialize=False),
                ),
                ("value", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("words", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DriveFile",
            fields=[
                ("id", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("etag", models.TextField(blank=True)),
                ("snapshot", models.CharField(blank=True, db_index=True, max_length=100)),
            ],
        ),
    ]
