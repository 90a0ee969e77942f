"""What the chat says in English."""

ENGLISH: dict[str, str] = {
    "welcome": 'Hello! I help you to book. At any time you can write "help", "back" or "cancel".',
    "ask_service": "Which service would you like to book?",
    "ask_provider": "With whom would you like to book {service}?",
    "ask_day": "Which day suits you? These are the next free days of {provider}:",
    "ask_time": "At what time, on {day}?",
    "ask_name": "In whose name shall I book?",
    "ask_email": "{name}, what is your e-mail address?",
    "ask_confirmation": (
        "Please confirm:\n"
        "- {service} ({price})\n"
        "- with {provider}\n"
        "- on {day} at {time}\n"
        "- in the name of {name} ({email})\n"
        "Shall I book it? (yes / no)"
    ),
    "booked": (
        "Done! {service} with {provider}, on {day} at {time}. Your booking is {booking}.\n"
        'Write "new booking" to book something else.'
    ),
    "abandoned": 'Nothing is booked. Write "restart" whenever you would like to book.',
    "service_label": "{name} · {price} · {minutes} min",
    "price": "{amount} {currency}",
    "more_options": 'Write "more" to see more options.',
    "type_a_day": 'You can also write a day: "tomorrow", "friday", "28 november".',
    "type_a_time": 'You can also write a time: "15:30", "3pm".',
    "no_services": "There is nothing to book right now. Please try again later.",
    "no_providers": "Nobody offers {service} right now. Please choose another service.",
    "no_days": "{provider} has no free times in the next {days} days.",
    "no_times": "There is no free time left on {day}.",
    "no_such_time": "{time} is not free on {day}.",
    "several": "Which of these do you mean?",
    "past_day": "That day is over.",
    "far_day": "I can only book until {day}.",
    "service_gone": "That service is not available any more.",
    "provider_gone": "That person is not available for this service any more.",
    "deposit_needed": "{service} asks for a deposit and is booked on our page. Here you can choose another service.",
    "slot_taken": "Sorry, somebody has just booked that time.",
    "slot_gone": "Sorry, {provider} is not available at that time any more.",
    "booking_limit": "We can't take more bookings here right now. Please get in touch with us.",
    "confirm_again": "Something got in the way and nothing is booked. Please confirm again.",
    "not_booked_yet": 'All right, nothing is booked yet. Write "back" to change something or "cancel" to stop.',
    "nothing_before": "This is the beginning.",
    "not_understood": "Sorry, I did not understand that.",
    "bad_email": "That does not look like an e-mail address, such as ana@example.com.",
    "bad_name": "I need a name, such as Ana Pérez.",
    "help": (
        'Choose an option by its number or its name. Write "back" to go back, "cancel" to stop, "restart" to begin '
        'again, "more" to see more options or "español" to change the language.'
    ),
    "booking_stands": "To change or cancel the booking, get in touch with us and tell us {booking}.",
}
