def test_the_month(office):
    office.finishes()
