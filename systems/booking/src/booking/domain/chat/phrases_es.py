"""What the chat says in Spanish."""

SPANISH: dict[str, str] = {
    "welcome": "¡Hola! Te ayudo a reservar. En cualquier momento puedes escribir «ayuda», «atrás» o «cancelar».",
    "ask_service": "¿Qué servicio quieres reservar?",
    "ask_provider": "¿Con quién quieres reservar {service}?",
    "ask_day": "¿Qué día te viene bien? Estos son los próximos días libres de {provider}:",
    "ask_time": "¿A qué hora, el {day}?",
    "ask_name": "¿A nombre de quién hago la reserva?",
    "ask_email": "{name}, ¿cuál es tu correo electrónico?",
    "ask_confirmation": (
        "Por favor, confirma:\n"
        "- {service} ({price})\n"
        "- con {provider}\n"
        "- el {day} a las {time}\n"
        "- a nombre de {name} ({email})\n"
        "¿Lo reservo? (sí / no)"
    ),
    "booked": (
        "¡Listo! {service} con {provider}, el {day} a las {time}. Tu reserva es {booking}.\n"
        "Escribe «otra reserva» para reservar algo más."
    ),
    "abandoned": "No he reservado nada. Escribe «empezar» cuando quieras reservar.",
    "service_label": "{name} · {price} · {minutes} min",
    "price": "{amount} {currency}",
    "more_options": "Escribe «más» para ver más opciones.",
    "type_a_day": "También puedes escribir un día: «mañana», «viernes», «28/11».",
    "type_a_time": "También puedes escribir una hora: «15:30», «3pm».",
    "no_services": "Ahora mismo no hay servicios que se puedan reservar. Vuelve a intentarlo más tarde.",
    "no_providers": "Ahora mismo nadie ofrece {service}. Elige otro servicio, por favor.",
    "no_days": "{provider} no tiene horas libres en los próximos {days} días.",
    "no_times": "El {day} no queda ninguna hora libre.",
    "no_such_time": "A las {time} no hay hora libre el {day}.",
    "several": "¿A cuál de estas opciones te refieres?",
    "past_day": "Ese día ya pasó.",
    "far_day": "Solo puedo reservar hasta el {day}.",
    "service_gone": "Ese servicio ya no está disponible.",
    "provider_gone": "Esa persona ya no está disponible para este servicio.",
    "deposit_needed": "{service} pide un depósito y se reserva en nuestra página. Aquí puedes elegir otro servicio.",
    "slot_taken": "Lo siento, alguien acaba de reservar esa hora.",
    "slot_gone": "Lo siento, {provider} ya no está disponible a esa hora.",
    "booking_limit": "Ahora mismo no podemos aceptar más reservas por aquí. Ponte en contacto con nosotros, por favor.",
    "confirm_again": "Algo se ha interpuesto y no he reservado nada. Confírmalo otra vez, por favor.",
    "not_booked_yet": "De acuerdo, no reservo todavía. Escribe «atrás» para cambiar algo o «cancelar» para dejarlo.",
    "nothing_before": "Ya estamos al principio.",
    "not_understood": "Perdona, no te he entendido.",
    "bad_email": "Eso no parece un correo electrónico, como ana@example.com.",
    "bad_name": "Necesito un nombre, como Ana Pérez.",
    "help": (
        "Elige una opción por su número o su nombre. Escribe «atrás» para volver, «cancelar» para dejarlo, «empezar» "
        "para empezar de nuevo, «más» para ver más opciones o «English» para cambiar de idioma."
    ),
    "booking_stands": "Para cambiar o cancelar la reserva, ponte en contacto con nosotros e indica {booking}.",
}
